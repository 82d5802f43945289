"""Files of weather services are read: the same two days in the forms that people have, and what is wrong is named."""

import random
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(EXAMPLES)
    import moments
    import weather_file
    from weather_file import Options, UserError

FORMS = sorted((EXAMPLES / "data" / "forms").glob("*.csv"))
START = datetime(2024, 5, 1)
CELSIUS = weather_file.day_of(weather_file.read(EXAMPLES / "data" / "forms" / "preamble.csv"), START.date()).celsius
CURVE = [*CELSIUS, *CELSIUS]
HOURS = [(START + timedelta(hours=h), CURVE[h]) for h in range(48)]


def test_the_ten_forms_hold_the_same_day():
    assert len(FORMS) == 10
    for form in FORMS:
        day = weather_file.day_of(weather_file.read(form), START.date())
        if form.stem == "fahrenheit":  # in whole degrees, 53 minutes later
            assert np.allclose(np.array(day.hours) % 1, 53 / 60)
            assert np.max(np.abs(np.array(day.celsius) - CELSIUS)) <= 0.5 / 1.8 + 0.05
        else:
            inside = np.array(day.hours) <= 23
            expected = np.interp(day.hours, range(24), CELSIUS)
            assert np.max(np.abs(np.array(day.celsius) - expected)[inside]) < 0.11, form.stem


def fahrenheit(c):
    return f"{c * 1.8 + 32:.1f}"


def comma(c):
    return f"{c:.1f}".replace(".", ",")


def hour24(t):
    """KNMI's: hour 1 to 24, the last of the day before."""
    return f"{t - timedelta(hours=1):%Y%m%d}", (t.hour or 24)


def lines(head, row, foot=""):
    return head + "".join(row(t, c) + "\n" for t, c in HOURS) + foot


def split_flags(t, c):
    return f'"-79.6","43.7","TORONTO","6158731","{t:%Y-%m-%d %H:%M}","{t.year}","{t.month:02}","{t.day:02}","{t:%H:%M}","","{c}","","9.1","","65",""'


SERVICES = {
    "DWD": lines("STATIONS_ID;MESS_DATUM;QN_9;TT_TU;RF_TU;eor\n", lambda t, c: f"       3987;{t:%Y%m%d%H};    3;{c:8.1f};{80.0:8.1f};eor"),
    "DWD ten minutes": lines("STATIONS_ID;MESS_DATUM;  QN;PP_10;TT_10;TM5_10;RF_10;TD_10;eor\n", lambda t, c: f"  3987;{t:%Y%m%d%H%M};    2;   -999;  {c:.1f};   9.9;  80.1;  7.1;eor"),
    "MeteoSwiss": lines("station_abbr;reference_timestamp;tre200h0;ure200h0\n", lambda t, c: f"BER;{t:%d.%m.%Y %H:%M};{c};71"),
    "MIDAS": lines("Conventions,G,BADC-CSV,1\ntitle,G,uk-hourly-weather\nlong_name,air_temperature,air temperature,degC\ndata\nob_time,id,id_type,met_domain_name,wind_speed,air_temperature,dewpoint\n", lambda t, c: f"{t:%Y-%m-%d %H:%M:%S},9,ICAO,METAR,8,{c},7.0", "end data\n"),
    "Meteo-France": lines("NUM_POSTE;NOM_USUEL;LAT;LON;ALTI;AAAAMMJJHH;RR1;QRR1;T;QT;TD;QTD;TN;QTN;TX;QTX\n", lambda t, c: f"75114001;PARIS;48.8;2.3;75;{t:%Y%m%d%H};0.0;1;{c};1;7.1;1;{c - 1};1;{c + 1};1"),
    "SYNOP in kelvins": lines("numer_sta;date;pmer;dd;ff;t;td;u\n", lambda t, c: f"07149;{t:%Y%m%d%H%M%S};101300;40;3.2;{c + 273.15:.2f};280.15;60"),
    "Environment Canada": lines('"Longitude (x)","Latitude (y)","Station Name","Climate ID","Date/Time (LST)","Year","Month","Day","Time (LST)","Flag","Temp (°C)","Temp Flag","Dew Point Temp (°C)","Dew Point Temp Flag","Rel Hum (%)","Weather"\n', split_flags),
    "BOM": lines('hm,Station Number,Year Month Day Hour Minutes in YYYY,MM,DD,HH24,MI format in Local time,Air Temperature in degrees C,Quality of air temperature,Dew point temperature in degrees C\n', lambda t, c: f"hm,023034,{t.year},{t.month:02},{t.day:02},{t.hour:02},{t.minute:02},{c:5.1f},Y,  7.1"),
    "KNMI": lines("# STN      = Station number\n# T        = Temperature (in 0.1 degrees Celsius) at 1.50 m\n# STN,YYYYMMDD,   HH,   DD,   FH,    T,   TD,   RH\n\n", lambda t, c: f"  260,{hour24(t)[0]},{hour24(t)[1]:5},  360,   30,{round(c * 10):5},   71,    0"),
    "AEMET, newest first": "Idema;Fecha y hora oficial;Temperatura (ºC);Humedad (%)\n" + "".join(f'3195;{t:%d/%m/%Y %H:%M};"{comma(c)}";60\n' for t, c in HOURS[::-1]),
    "SMHI": lines("Stationsnamn;Stationsnummer;Stationsnät;Mäthöjd (meter över marken)\nStockholm;98230;SMHIs stationsnät;2.0\n\nDatum;Tid (UTC);Lufttemperatur;Kvalitet;;Tidsutsnitt:\n", lambda t, c: f"{t:%Y-%m-%d};{t:%H:%M:%S};{c};G;;"),
    "FMI": lines('"Havaintoasema","Vuosi","Kuukausi","Päivä","Aika [Paikallinen aika]","Lämpötilan keskiarvo [°C]"\n', lambda t, c: f'"Helsinki Kaisaniemi","{t.year}","{t.month}","{t.day}","{t:%H:%M}","{c}"'),
    "seklima": lines("Navn;Stasjon;Tid(norsk normaltid);Lufttemperatur\n", lambda t, c: f"Oslo - Blindern;SN18700;{t:%d.%m.%Y %H:%M};{comma(c)}", "Data er gyldig per 01.06.2024 (CC BY 4.0), Meteorologisk institutt (MET);;;\n"),
    "IEM": lines("#DEBUG: Format Typ    -> onlycomma\n#DEBUG: Time Period   -> 2024-05-01\nstation,valid,tmpf,dwpf,relh\n", lambda t, c: f"SEA,{t:%Y-%m-%d %H:%M},{fahrenheit(c)},45.0,M"),
    "ISD": lines('"STATION","DATE","SOURCE","REPORT_TYPE","WND","TMP","DEW"\n', lambda t, c: f'"72793024233","{t:%Y-%m-%dT%H:%M:%S}","7","FM-15","180,5,N,0041,5","{round(c * 10):+05d},5","+0071,5"'),
    "Local Climatological Data": lines("STATION,DATE,REPORT_TYPE,HourlyDryBulbTemperature,HourlyDewPointTemperature,DailyMaximumDryBulbTemperature\n", lambda t, c: f"72793024233,{t:%Y-%m-%dT%H:%M:%S},FM-15,{c * 1.8 + 32:.1f}s,45,", "72793024233,2024-05-02T23:59:00,SOD  ,,,75\n"),
    "Visual Crossing": lines("name,datetime,temp,feelslike,dew,humidity\n", lambda t, c: f'"Berlin, Deutschland",{t:%Y-%m-%dT%H:%M:%S},{c},{c},8.1,60'),
    "Meteostat": lines("date,hour,temp,dwpt,rhum,prcp,snow,wdir,wspd,wpgt,pres,tsun,coco\n", lambda t, c: f"{t:%Y-%m-%d},{t.hour},{c},8.1,60,,,90,7.2,,1013.1,,"),
    "Netatmo": lines('sep=;\nTimestamp;"Timezone : Europe/Berlin";Temperature;Humidity\n', lambda t, c: f'{int((t - datetime(1970, 1, 1)).total_seconds()) - 7200};"{t:%Y/%m/%d %H:%M:%S}";{c};60'),
    "Davis": lines("\t\tTemp\tHi\tLow\tOut\nDate\tTime\tOut\tTemp\tTemp\tHum\n", lambda t, c: f"{t:%m/%d/%y}\t{t:%I:%M %p}\t{c}\t{c + 1:.1f}\t{c - 1:.1f}\t60"),
    "Ecowitt": lines("Time,Outdoor Temperature(℃),Indoor Temperature(℃),Outdoor Humidity(%)\n", lambda t, c: f"{t.year}/{t.month}/{t.day} {t.hour}:{t:%M},{c},21.0,60"),
    "Ambient Weather": lines('"Date","Simple Date","Outdoor Temperature (°F)","Feels Like (°F)","Dew Point (°F)"\n', lambda t, c: f'"{t:%Y-%m-%dT%H:%M:%S}-07:00","{t:%Y-%m-%d %H:%M:%S}","{fahrenheit(c)}","{fahrenheit(c)}","45.0"'),
    "Home Assistant": lines("entity_id,state,last_changed\n", lambda t, c: f"sensor.outdoor_temperature,{c},{t:%Y-%m-%dT%H:%M:%S}.000Z", "sensor.outdoor_temperature,unavailable,2024-05-03T00:00:00.000Z\n"),
    "NASA POWER": lines("-BEGIN HEADER-\nNASA/POWER Hourly Data\nT2M     MERRA-2 Temperature at 2 Meters (C)\n-END HEADER-\nYEAR,MO,DY,HR,T2M,RH2M\n", lambda t, c: f"{t.year},{t.month},{t.day},{t.hour},{c},60.1"),
    "PVGIS": lines("Latitude (decimal degrees):\t45.000\nLongitude (decimal degrees):\t8.000\n\ntime,G(i),H_sun,T2m,WS10m,Int\n", lambda t, c: f"{t:%Y%m%d:%H%M},0.0,0.0,{c},2.3,0.0", "\nT2m: 2-m air temperature (degree Celsius)\n"),
    "data logger": lines('"TOA5","CR1000","CR1000","1234"\n"TIMESTAMP","RECORD","BattV_Min","AirTC_Avg","RH"\n"TS","RN","Volts","Deg C","%"\n"","","Min","Avg","Smp"\n', lambda t, c: f'"{t:%Y-%m-%d %H:%M:%S}",{t.hour},12.9,{c},60.1'),
    "ERA5": lines("time,latitude,longitude,t2m\n", lambda t, c: f"{t:%Y-%m-%d %H:%M:%S},52.5,13.4,{c + 273.15:.3f}"),
    "Grafana": lines('"Time","Garden"\n', lambda t, c: f'{t:%Y-%m-%d %H:%M:%S},{c} °C'),
    "units behind the numbers": lines("Date,Time,Temperature,Dew Point,Wind\n", lambda t, c: f"{t:%Y-%m-%d},{t:%I:%M %p},{fahrenheit(c)} °F,45 °F,5 mph"),
    "WeatherAPI": lines("time_epoch,time,temp_c,temp_f,is_day,wind_mph\n", lambda t, c: f"{int((t - datetime(1970, 1, 1)).total_seconds())},{t:%Y-%m-%d %H:%M},{c},{fahrenheit(c)},1,4.3"),
    "no names": lines("", lambda t, c: f"{t:%Y-%m-%d %H:%M},{c}"),
    "spaces": lines("# date time temp\n", lambda t, c: f"{t:%Y-%m-%d} {t:%H:%M} {c}"),
    "JMA": lines("ダウンロードした時刻：2024/06/01 00:00:00\n\n,東京,東京,東京\n年月日時,気温(℃),気温(℃),気温(℃)\n,,品質情報,均質番号\n", lambda t, c: f"{t.year}/{t.month}/{t.day} {t.hour}:00:00,{c},8,1"),
    "milliseconds": lines("timestamp,temperature\n", lambda t, c: f"{int((t - datetime(1970, 1, 1)).total_seconds())}000,{c}"),
    "names of months": lines("When,Air temp [C]\n", lambda t, c: f"{t:%d-%b-%Y %H:%M},{c}"),
    "minus signs, quotes and blanks": lines('"Time" , "Temperature (C)"\n', lambda t, c: f'"{t:%Y-%m-%d %H:%M}" , "{c}"'),
    "logger in a garden": lines('"Plot Title: garden"\n"#","Date Time, GMT+02:00","Temp, °C (LGR S/N: 1)","RH, %","Host Connected"\n', lambda t, c: f"{t.hour + 1},{t:%m/%d/%y %I:%M:%S %p},{c},60.1,"),
    "Synoptic": lines("# STATION: KSEA\nStation_ID,Date_Time,air_temp_set_1,relative_humidity_set_1\n,,Celsius,%\n", lambda t, c: f"KSEA,{t:%Y-%m-%dT%H:%M:%S}Z,{c},60"),
    "buoy": lines("#YY  MM DD hh mm WDIR WSPD ATMP  WTMP\n#yr  mo dy hr mn degT m/s  degC  degC\n", lambda t, c: f"{t:%Y %m %d %H %M} 230  5.1  {c}  12.1"),
    "both units": lines("Date,Time,DryBulbFarenheit,DryBulbCelsius,DewPointCelsius\n", lambda t, c: f"{t:%Y%m%d},{t:%H%M},{fahrenheit(c)},{c},7.0"),
    "Weathercloud": lines("Fecha (Europe/Madrid);Temperatura interior (°C);Temperatura (°C);Humedad (%)\n", lambda t, c: f"{t:%d/%m/%Y %H:%M};21,0;{comma(c)};60"),
    "GeoSphere": lines("time,station,tl,tl_flag,rf,tp\n", lambda t, c: f"{t:%Y-%m-%dT%H:%M}+00:00,11035,{c},12,60,8.1"),
    "INMET": lines("UF:;SP\nALTITUDE:;785,64\nData;Hora UTC;RADIACAO GLOBAL (Kj/m²);TEMPERATURA DO AR - BULBO SECO, HORARIA (°C);TEMPERATURA DO PONTO DE ORVALHO (°C);TEMPERATURA MÁXIMA NA HORA ANT. (AUT) (°C);TEMPERATURA MÍNIMA NA HORA ANT. (AUT) (°C)\n", lambda t, c: f"{t:%Y/%m/%d};{t:%H%M} UTC;;{comma(c)};8,1;{comma(c + 1)};{comma(c - 1)}"),
    "Wunderground's API": lines("stationID,obsTimeUtc,obsTimeLocal,epoch,imperial.tempHigh,imperial.tempLow,imperial.tempAvg,imperial.dewptAvg\n", lambda t, c: f"K1,{t + timedelta(hours=7):%Y-%m-%dT%H:%M:%SZ},{t:%Y-%m-%d %H:%M:%S},1,{c * 1.8 + 33:.1f},{c * 1.8 + 31:.1f},{fahrenheit(c)},45"),
    "WeatherLink": lines('"Garden"\n"Vantage Pro2"\n\n"Date & Time","Barometer - in Hg","Temp - °F","High Temp - °F","Low Temp - °F","Inside Temp - °F","THW Index - °F"\n', lambda t, c: f'"{t:%m/%d/%y %I:%M %p}","30.01","{fahrenheit(c)}","60.5","59.5","70.1","58.0"'),
    "OpenWeather": lines("dt,dt_iso,timezone,city_name,lat,lon,temp,dew_point,feels_like,temp_min,temp_max\n", lambda t, c: f"{int((t - datetime(1970, 1, 1)).total_seconds())},{t:%Y-%m-%d %H:%M:%S} +0000 UTC,7200,Berlin,52.5,13.4,{c + 273.15:.2f},280.1,{c + 272:.2f},280.2,300.1"),
    "GHCN hourly": lines("Station_ID|Station_name|DATE|LATITUDE|LONGITUDE|temperature|temperature_Measurement_Code|temperature_Quality_Code|dew_point_temperature|wet_bulb_temperature\n", lambda t, c: f"USW00024233|SEATTLE|{t:%Y-%m-%dT%H:%M:%S}|47.4|-122.3|{c}||1|7.1|9.1"),
    "Met Éireann": lines("Station Name: DUBLIN AIRPORT\n\ndate:  -  Date and Time (utc)\ntemp:  -  Air Temperature (C)\n\ndate,ind,rain,ind,temp,ind,wetb,dewpt,vappr\n", lambda t, c: f"{t:%d-%b-%Y %H:%M},0,0.0,0,{c},0,9.1,8.1,10.1".lower()),
    "National Weather Service": lines("timestamp,temperature.value,temperature.unitCode,dewpoint.value,dewpoint.unitCode\n", lambda t, c: f"{t:%Y-%m-%dT%H:%M:%S}+00:00,{fahrenheit(c)},wmoUnit:degF,8.1,wmoUnit:degC"),
    "InfluxDB": lines("#group,false,false,true,true,false,false,true\n#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,double,string\n#default,_result,,,,,,\n,result,table,_start,_stop,_time,_value,_field\n", lambda t, c: f",,0,2024-05-01T00:00:00Z,2024-05-03T00:00:00Z,{t:%Y-%m-%dT%H:%M:%S}Z,{c},temperature"),
    "meteoblue": lines("location,Basel,Basel\nvariable,Temperature,Relative Humidity\nunit,°C,%\ntimestamp,Basel Temperature [2 m elevation corrected],Basel Relative Humidity [2 m]\n", lambda t, c: f"{t:%Y%m%dT%H%M},{c},60"),
    "weewx": lines("dateTime,usUnits,barometer,inTemp,outTemp,dewpoint\n", lambda t, c: f"{int((t - datetime(1970, 1, 1)).total_seconds())},1,30.01,70.1,{fahrenheit(c)},45.0"),
    "a line for each quantity": lines("station,time,variable,value\n", lambda t, c: f"X4,{t:%Y-%m-%d %H:%M},temperature,{c}\nX4,{t:%Y-%m-%d %H:%M},humidity,60\nX4,{t:%Y-%m-%d %H:%M},dew point temperature,7"),
    "units in a column": lines("time,temp,unit\n", lambda t, c: f"{t:%Y-%m-%d %H:%M},{c},C" if t.hour < 12 else f"{t:%Y-%m-%d %H:%M},{fahrenheit(c)},°F"),
    "two units behind the numbers": lines("time,temp\n", lambda t, c: f"{t:%Y-%m-%d %H:%M},{c} °C" if t.hour % 2 else f"{t:%Y-%m-%d %H:%M},{fahrenheit(c)} °F"),
    "letters behind some numbers": lines("time,temp_c\n", lambda t, c: f"{t:%Y-%m-%d %H:%M},{c}{'F' * (t.hour % 5 == 0)}"),
    "IMGW": lines("Kod stacji;Nazwa stacji;Rok;Miesiąc;Dzień;Godzina;Temperatura powietrza [°C];Temperatura punktu rosy [°C];Temperatura maksymalna [°C]\n", lambda t, c: f'352;"POZNAŃ";{t.year};{t.month:02};{t.day:02};{t.hour:02};{comma(c)};7,0;{comma(c + 1)}'),
    "CHMI": lines("Datum;Čas;Teplota vzduchu (°C);Teplota rosného bodu (°C)\n", lambda t, c: f"{t:%d.%m.%Y};{t:%H:%M};{comma(c)};7,0"),
    "CMA": lines("站号,日期,时间,气温(℃),最高气温(℃),露点温度(℃)\n", lambda t, c: f"54511,{t:%Y/%m/%d},{t:%H:%M},{c},{c + 1:.1f},7.0"),
    "MGM": lines("İstasyon No;Yıl;Ay;Gün;Saat;Sıcaklık (°C)\n", lambda t, c: f"17130;{t.year};{t.month};{t.day};{t.hour};{comma(c)}"),
    "NOA": lines("Ημερομηνία;Ώρα;Θερμοκρασία (°C);Θερμοκρασία δρόσου (°C)\n", lambda t, c: f"{t:%d/%m/%Y};{t:%H:%M};{comma(c)};7,0"),
    "Roshydromet": lines("Дата;Время;Температура воздуха, °C;Точка росы, °C\n", lambda t, c: f"{t:%d.%m.%Y};{t:%H:%M};{comma(c)};7,0"),
    "days as Excel counts them": lines("Date,Temp C\n", lambda t, c: f"{(t - datetime(1899, 12, 30)).total_seconds() / 86400:.6f},{c}"),
    "parts of a second": lines("timestamp,temp_degC\n", lambda t, c: f"{(t - datetime(1970, 1, 1)).total_seconds():.3f},{c}"),
    "hours in words": lines("Tag;Stunde;Lufttemperatur\n", lambda t, c: f"{t:%d.%m.%Y};{t.hour} Uhr;{comma(c)}"),
    "SMHI, with the years of the station": lines("Stationsnamn;Klimatnummer\nLund A;53430\n\nTidsperiod (fr.o.m);Tidsperiod (t.o.m);Höjd (meter över havet)\n2001-01-01 00:00:00;2011-12-31 23:00:00;25.0\n2012-01-01 00:00:00;2024-06-01 00:00:00;26.0\n\nDatum;Tid (UTC);Lufttemperatur;Kvalitet\n", lambda t, c: f"{t:%Y-%m-%d};{t:%H:%M:%S};{c};G"),
    "Local Climatological Data, version 2": lines('"STATION","DATE","REPORT_TYPE","HourlyAltimeterSetting","HourlyDewPointTemperature","HourlyDryBulbTemperature"\n', lambda t, c: f'"USW00014922","{t:%Y-%m-%dT%H:%M:%S}","FM-15","1021.3","7.2","{c}"'),
    "produced and valid": lines("lat;lon;reference_time;insert_time;validity_time;t;td\n", lambda t, c: f"48.8;2.3;{t + timedelta(minutes=9):%Y-%m-%dT%H:%M:%SZ};{t + timedelta(minutes=7):%Y-%m-%dT%H:%M:%SZ};{t:%Y-%m-%dT%H:%M:%SZ};{c + 273.15:.2f};280.1"),
    "KMA": lines("지점,지점명,일시,기온(°C),기온 QC플래그,강수량(mm)\n", lambda t, c: f"108,서울,{t:%Y-%m-%d %H:%M},{c},,"),
    "KNMI's words": lines("Datum;Tijd;Temp (°C)\n", lambda t, c: f"{t:%d-%m-%Y};{t:%H.%M};{comma(c)}"),
    "ARPA": lines("Data;Ora;Tempo;Temperatura (°C)\n", lambda t, c: f"{t:%d/%m/%Y};{t:%H:%M};1;{comma(c)}"),
    "a moment that is a stamp": lines("Datum;Zeitstempel;Temperatur\n", lambda t, c: f"{t:%d.%m.%Y %H:%M};{int((t - datetime(1970, 1, 1)).total_seconds())};{comma(c)}"),
    "buoy, with the water": lines("#YY  MM DD hh mm PRES  ATMP  WTMP  DEWP\n#yr  mo dy hr mn hPa degC degC degC\n", lambda t, c: f"{t:%y %m %d %H %M} 1013.1  {c}  12.1  7.1"),
    "AM and PM in a column of their own": lines("Date,Hour,AM/PM,Temp (F)\n", lambda t, c: f"{t:%m/%d/%Y},{t.hour % 12 or 12},{t:%p},{fahrenheit(c)}"),
    "years of two digits first": lines("Date,Temp C\n", lambda t, c: f"{t:%y-%m-%d %H:%M},{c}"),
    "days as Excel counts them, with a comma": lines("Datum;Temp C\n", lambda t, c: f"{(t - datetime(1899, 12, 30)).total_seconds() / 86400:.6f};{c}".replace(".", ",")),
    "without a mark of its order": lines("Time\tTemp °C\n", lambda t, c: f"{t:%Y-%m-%d %H:%M}\t{c}"),
    "a word for what is missing": lines("time;Temp °C\n", lambda t, c: f"{t:%Y-%m-%d %H:%M};{c}", "2024-05-01 00:30;#NV\n2024-05-01 00:40;n.a.\n2024-05-01 00:50;kein Wert\n"),
    "shuffled": "time,temperature_c\n" + "".join(f"{t:%Y-%m-%dT%H:%M},{c}\n" for t, c in random.Random(0).sample(HOURS, 48)),
}  # fmt: skip
ENCODINGS = {
    "AEMET, newest first": "cp1252", "JMA": "cp932", "Davis": "utf-16", "Netatmo": "utf-8-sig", "IMGW": "cp1250", "CHMI": "cp1250",
    "CMA": "gb18030", "MGM": "cp1254", "NOA": "cp1253", "Roshydromet": "cp1251",
    "KMA": "cp949", "without a mark of its order": "utf-16-le",
}  # fmt: skip


def read(content, tmp_path, encoding="utf-8", **options):
    file = tmp_path / "file.csv"
    file.write_bytes(content.encode(encoding))
    return weather_file.read(file, Options(**options))


@pytest.mark.parametrize("service", SERVICES)
def test_the_form_of_a_service_is_read(service, tmp_path):
    file = read(SERVICES[service], tmp_path, ENCODINGS.get(service, "utf-8"))
    day = weather_file.day_of(file, START.date())
    assert day.hours == list(range(1 if service == "KNMI" else 0, 24)) or (service == "KNMI" and day.hours == list(range(24)))
    assert np.max(np.abs(np.array(day.celsius) - CELSIUS[-len(day.celsius) :])) < 0.06, file.taken
    assert weather_file.value_at(file, datetime(2024, 5, 2, 12)) == pytest.approx(CURVE[12], abs=0.06)


@pytest.mark.parametrize("service", ["DWD", "seklima", "Ecowitt"])
def test_lines_of_windows_and_old_computers_are_read(service, tmp_path):
    for end in ("\r\n", "\r"):
        day = weather_file.day_of(read(SERVICES[service].replace("\n", end), tmp_path), START.date())
        assert np.allclose(day.celsius, CELSIUS)


TEXTS = {
    "45413.5625": "2024-05-01 13:30:00",
    "1714570200.25": "2024-05-01 13:30:00+00:00",
    "2024-05-01T13:30": "2024-05-01 13:30:00",
    "5/1/2024 1:30 PM": "2024-05-01 13:30:00",
    "12/31/2023 12:05 am": "2023-12-31 00:05:00",
    "01.05.24 13.30": "2024-01-05 13:30:00",
    "202405011330": "2024-05-01 13:30:00",
    "2024050124": "2024-05-02 00:00:00",
    "2024-05-01 24:00": "2024-05-02 00:00:00",
    "1714570200": "2024-05-01 13:30:00+00:00",
    "Wed, 01 May 2024 13:30:00 GMT": "2024-05-01 13:30:00+00:00",
    "May 1, 2024 1:30 PM": "2024-05-01 13:30:00",
    "1 Mai 2024 13h30": "2024-05-01 13:30:00",
    "2024年5月1日 13時30分": "2024-05-01 13:30:00",
    "2024-05-01 13:30:00.000 +0530": "2024-05-01 13:30:00+05:30",
    "2024-05-01T13:30:00.123456789Z": "2024-05-01 13:30:00+00:00",
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_time_is_read(text):
    assert str(moments.split(text).at(day_first=False).replace(microsecond=0)) == TEXTS[text]


@pytest.mark.parametrize("text", ["warm", "15.8", "-9999", "158", "", "12:61", "2024-12", "13:00 PM", "1/2"])
def test_what_is_no_time_is_not_read_as_one(text):
    assert moments.split(text) is None


def test_the_order_of_day_and_month_is_that_of_days_in_a_row():
    for day_first, form in ((True, "{0.day}/{0.month}/{0.year} {0.hour}:00"), (False, "{0.month}/{0.day}/{0.year} {0.hour}:00")):
        for start in (date(2024, 5, 1), date(2024, 3, 30), date(2024, 12, 1), date(2024, 2, 2)):
            texts = [form.format(datetime(start.year, start.month, start.day) + timedelta(hours=h)) for h in range(48)]
            assert moments.day_comes_first(texts) == (day_first, True) or start.day == start.month
    assert moments.day_comes_first(["03/04/2024 10:00", "03/04/2024 11:00"])[1] is False


HEAD = "time,temperature_c\n"


def hourly(replaced=(), day="2024-05-01"):
    """A day with other cells at some hours, None for no line."""
    cells = dict(enumerate(CELSIUS)) | dict(replaced)
    return HEAD + "".join(f"{day}T{h:02}:00,{c}\n" for h, c in sorted(cells.items()) if c is not None)


@pytest.mark.parametrize("hour", [0, 1, 6, 13, 22])
@pytest.mark.parametrize("value", ["-9999", "999.9", "9999", "-999", "85.0", "-99.9", "99.9", "45", "-9", "1e20", "-32768"])
def test_what_no_weather_has_is_left_out_and_named(hour, value, tmp_path):
    if hour == 0 and value in ("45", "-9"):
        return  # jumps at the very end may be a front: see below
    day = weather_file.day_of(read(hourly({hour: value}), tmp_path), START.date())
    assert len(day.hours) == 23
    assert hour not in day.hours
    assert any(f"Line {hour + 2} left out" in note for note in day.notes)


def test_fronts_and_hot_afternoons_stay(tmp_path):
    front = {h: 30 - 14 * (h > 15) for h in range(24)}
    desert = {h: round(28 + 18 * np.sin((h - 9) * np.pi / 12), 1) for h in range(24)}
    for curve in (front, desert):
        day = weather_file.day_of(read(hourly(curve), tmp_path), START.date())
        assert len(day.hours) == 24, day.notes
    for name in ("seattle-normals.csv", "jfk-2013.csv"):
        file = weather_file.read(EXAMPLES / "data" / name)
        assert len(weather_file.jumps(file.observations, 0, len(file.observations))) <= 1  # one at JFK, see 06_forecast.py


def test_two_wrong_values_in_a_row_are_both_left_out(tmp_path):
    day = weather_file.day_of(read(hourly({9: 55, 10: 55}), tmp_path), START.date())
    assert sorted(set(range(24)) - set(day.hours)) == [9, 10]


def test_gaps_are_said_and_doubles_averaged(tmp_path):
    day = weather_file.day_of(read(hourly({3: None, 9: "", 10: None}) + "2024-05-01T05:00,14.7\n", tmp_path), START.date())
    assert day.notes[0] == "21 times; gaps: 2:00 to 4:00, 8:00 to 11:00."
    assert any("05:00 is there 2 times" in note for note in day.notes)
    assert day.celsius[day.hours.index(5)] == pytest.approx((CELSIUS[5] + 14.7) / 2)


REFUSED = {
    "a word": (hourly({5: "warm"}), {}, ["line 7", "'temperature_c'", "'warm'"]),
    "several stations": ("station,time,temp\n" + "".join(f"{s},2024-05-01T{h:02}:00,{h}\n" for h in range(24) for s in "AB"), {}, ["--station", "A, B"]),
    "another station": ("station,time,temp\n" + "".join(f"{s},2024-05-01T{h:02}:00,{h}\n" for h in range(24) for s in "AB"), {"station": "C"}, ["'C'"]),
    "places told apart by a number": ("time,latitude,t2m\n" + "".join(f"2024-05-01T{h:02}:00,{s},{280 + h}\n" for h in range(24) for s in (52.5, 52.75)), {}, ["'latitude'", "52.5, 52.75", "--station"]),
    "a time without a date": ("Time,Temp\n" + "".join(f"{h}:00,{h}\n" for h in range(24)), {}, ["line 2", "'0:00'", "time without a date"]),
    "Fahrenheit from noon on": (HEAD + "".join(f"2024-05-01T{h:02}:00,{CELSIUS[h] if h < 12 else fahrenheit(CELSIUS[h])}\n" for h in range(24)), {}, ["lines 13 and 14", "Celsius and Fahrenheit are mixed"]),
    "Celsius and Fahrenheit in turn": (HEAD.replace("_c", "") + "".join(f"2024-05-01T{h:02}:00,{CELSIUS[h] if h % 2 else fahrenheit(CELSIUS[h])}\n" for h in range(24)), {}, ["lines 2 and 3", "mixed"]),
    "another unit in the name": ("time,temp_c,unit\n" + "".join(f"2024-05-01T{h:02}:00,{h},F\n" for h in range(24)), {}, ["'temp_c'", "'unit'", "--unit"]),
    "two columns": ("time,temp north,temp south\n" + "".join(f"2024-05-01T{h:02}:00,{h},{h}\n" for h in range(24)), {}, ["--temperature", "'temp north'"]),
    "two columns of one name": ("time,Temp (°C),Temp (°C)\n" + "".join(f"2024-05-01T{h:02}:00,{h},{h}.5\n" for h in range(24)), {}, ["columns 2 and 3", "'Temp (°C)'", "--temperature 2"]),
    "two models": ("time,temperature_2m_ecmwf (°C),temperature_2m_gfs_seamless (°C)\n" + "".join(f"2024-05-01T{h:02}:00,{h},{h + 2}\n" for h in range(24)), {}, ["temperature_2m_gfs_seamless", "--temperature"]),
    "indoors": ("time,indoor temperature (°C)\n" + "".join(f"2024-05-01T{h:02}:00,{20 + h / 10}\n" for h in range(24)), {}, ["line 1", "no column is the temperature", "--temperature"]),
    **{f"nothing but {name}": (f"time,{name}\n" + "".join(f"2024-05-01T{h:02}:00,{h / 2}\n" for h in range(24)), {}, ["no column is the temperature", name]) for name in ("rain (mm)", "pm2.5", "kW", "Wind_Speed", "co2")},
    **{f"values of {name}": ("quantity,time,value\n" + "".join(f"{name},2024-05-01T{h:02}:00,{h}\n" for h in range(24)), {}, ["'quantity'", name, "--temperature value"]) for name in ("relative_humidity", "wind_speed", "heat_pump_power", "rainfall")},
    "no such column": (hourly(), {"temperature": "warmth"}, ["line 1", "--temperature", "'warmth'"]),
    "no unit": (HEAD.replace("_c", "") + "".join(f"2024-05-01T{h:02}:00,{30 + h}\n" for h in range(24)), {}, ["--unit"]),
    "too few": (hourly(dict.fromkeys(range(19))), {}, ["2024-05-01", "at least 6"]),
    "a workbook": ("PK\x03\x04", {}, ["Excel"]),
    "JSON": ('{"hourly": {}}', {}, ["JSON"]),
    "empty": ("", {}, ["line 1"]),
    "a decimal comma": (HEAD + "2024-05-01T00:00,3,9\n", {}, ["line 2", "decimal comma"]),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_would_mislead_is_refused_by_name(what, tmp_path):
    content, options, words = REFUSED[what]
    with pytest.raises(UserError) as refused:
        weather_file.day_of(read(content, tmp_path, **options), START.date())
    assert all(word in str(refused.value) for word in ["file.csv", *words]), str(refused.value)


def test_what_the_file_does_not_say_can_be_said(tmp_path):
    content = "when;a;b\n" + "".join(f"2024-05-01T{h:02}:00Z;{h + 30};{h}\n" for h in range(24))
    day = weather_file.day_of(read(content, tmp_path, temperature="a", unit="F"), START.date())
    assert day.celsius[0] == pytest.approx(-2 / 1.8)
    file = read(content, tmp_path, time="when", temperature="2", unit="F", zone=moments.zone_named("+2"))
    assert file.observations[0].time == datetime(2024, 5, 1, 2)
    assert "UTC" in read(content, tmp_path, temperature="b").notes[0]
    assert file.notes == ["Times are those of UTC+02:00."]


def test_numbers_in_a_line_without_names_are_found_by_their_places(tmp_path):
    content = "".join(f'"3491","BIELSKO",2024,05,{t.day:02},{t.hour:02},{c},8.1\n' for t, c in HOURS)
    day = weather_file.day_of(read(content, tmp_path, time="3+4+5+6", temperature="7", unit="C"), START.date())
    assert np.allclose(day.celsius, CELSIUS)
    with pytest.raises(UserError, match=r"--time 1\+2 --temperature 3"):
        read(content, tmp_path)


def test_inches_of_mercury_go_with_fahrenheit(tmp_path):
    content = "Date Time,Temp,Pressure\n" + "".join(f"2024-01-01 {h:02}:00,{20 + h / 4},{29.9}\n" for h in range(24))
    assert weather_file.day_of(read(content, tmp_path), date(2024, 1, 1)).celsius[0] == pytest.approx(-12 / 1.8)
    content = content.replace("29.9", "1013.2")
    assert weather_file.day_of(read(content, tmp_path), date(2024, 1, 1)).celsius[0] == pytest.approx(20)


@pytest.mark.parametrize("unit", ["C", "F"])
def test_humidity_tells_celsius_from_fahrenheit(unit, tmp_path):
    """Visual Crossing's winter days in America: Fahrenheit beside hPa, and no unit is named."""
    content = "name,datetime,temp,dew,humidity,sealevelpressure\n"
    for hour in range(24):
        t, dew = -3 + 4 * np.sin((hour - 9) * np.pi / 12), -8 + hour / 10
        humidity = 100 * np.exp(17.625 * dew / (243.04 + dew) - 17.625 * t / (243.04 + t))
        shown = [x * 1.8 + 32 if unit == "F" else x for x in (t, dew)]
        content += f"Dallas,2024-01-01T{hour:02}:00:00,{shown[0]:.1f},{shown[1]:.1f},{humidity:.1f},1013.2\n"
    file = read(content, tmp_path)
    assert "dew point and humidity agree in no other" in file.taken
    assert weather_file.day_of(file, date(2024, 1, 1)).celsius[9] == pytest.approx(-3, abs=0.06)


def test_a_column_without_a_word_for_it_is_read_where_no_other_quantity_is_meant(tmp_path):
    for name in ("Augusta", "Bahrain", "Vancouver", "Regensburg", "St. Cloud", "Luxembourg", "Cleveland", "wert"):
        content = "".join(f"{t:%Y-%m-%d %H:%M},{c}\n" for t, c in HOURS)
        assert f"temperature from '{name}'" in read(f"time,{name}\n{content}", tmp_path).taken


def test_one_series_of_several_is_chosen_by_name(tmp_path):
    content = "time,Automatic Weather Station,Air Temperature\n" + "".join(
        f"{t:%Y-%m-%d %H:%M},{place},{c + 5 * k}\n" for t, c in HOURS for k, place in enumerate(("Sha Tin", "Chek Lap Kok"))
    )
    day = weather_file.day_of(read(content, tmp_path, station="Sha Tin"), START.date())
    assert np.allclose(day.celsius, CELSIUS)
    assert ", of Sha Tin" in read(content, tmp_path, station="Sha Tin").taken
    with pytest.raises(UserError, match="Sha Tin, Chek Lap Kok"):
        read(content, tmp_path)


def test_every_month_of_an_american_year_is_fahrenheit(tmp_path):
    content = "STATION,DATE,HourlyDryBulbTemperature\n" + "".join(f"1,2024-01-01T{h:02}:53:00,{20 + h // 2}\n" for h in range(24))
    assert weather_file.day_of(read(content, tmp_path), date(2024, 1, 1)).celsius[0] == pytest.approx(-12 / 1.8)
